namespace TransferLearning;

/// <summary>An image with what belongs to its places: boxes around objects, and a mask that gives each pixel a class.</summary>
/// <remarks><see cref="ImageTransform.Apply(ImageSample, ref SeededRandom)"/> changes it in place. After each step that moves pixels, boxes
/// are clipped to the image, and those of which too little is left are dropped and listed in <see cref="DroppedBoxes"/>. A box that is
/// rotated or warped becomes the smallest upright box around it.</remarks>
public sealed class ImageSample : IDisposable
{
    private List<BoundingBox> _boxes;
    private List<int> _boxIndices;
    private readonly List<int> _dropped = [];

    /// <summary>Joins an image and what belongs to it.</summary>
    /// <param name="image">The image; it is disposed with this object.</param>
    /// <param name="boxes">Boxes in pixels of the image as it is in its file; null means none.</param>
    /// <param name="mask">An image of the same size, whose bytes mean whatever the caller wants; it is never mixed, only copied pixel for
    /// pixel. It is disposed with this object. Null means none.</param>
    /// <exception cref="ArgumentException">A box is not finite or upside down, or the mask has another size than the image.</exception>
    public ImageSample(ImagePixels image, IReadOnlyList<BoundingBox>? boxes = null, ImagePixels? mask = null)
    {
        ArgumentNullException.ThrowIfNull(image);
        _boxes = [.. boxes ?? []];
        _boxIndices = [.. Enumerable.Range(0, _boxes.Count)];
        int bad = _boxes.FindIndex(box => !float.IsFinite(box.X1 + box.Y1 + box.X2 + box.Y2) || box.X2 < box.X1 || box.Y2 < box.Y1);
        if (bad >= 0)
        {
            throw new ArgumentException(
                $"Box {bad} is {_boxes[bad]}: expected finite numbers with X1 <= X2 and Y1 <= Y2. "
                    + "Check whether the file gives width and height instead of the second corner.", nameof(boxes));
        }

        if (mask is not null && (mask.Width, mask.Height) != image.StoredSize)
        {
            throw new ArgumentException(
                $"The mask has {mask.Width} x {mask.Height} pixels, its image {image.StoredSize.Width} x {image.StoredSize.Height}. "
                    + "Make the mask for this image.", nameof(mask));
        }

        Image = image;
        Mask = mask;
    }

    /// <summary>The image.</summary>
    public ImagePixels Image { get; private set; }

    /// <summary>The mask, of the image's size.</summary>
    public ImagePixels? Mask { get; private set; }

    /// <summary>The boxes that are left.</summary>
    public IReadOnlyList<BoundingBox> Boxes => _boxes;

    /// <summary>For each of <see cref="Boxes"/> the number it had at first, from 0: an index into the labels of the boxes.</summary>
    public IReadOnlyList<int> BoxIndices => _boxIndices;

    /// <summary>The first numbers of the boxes that were dropped, in the order in which they went.</summary>
    public IReadOnlyList<int> DroppedBoxes => _dropped;

    /// <summary>What the mask holds where a step puts new pixels into the image.</summary>
    /// <value>Zeros.</value>
    public PixelColor MaskFill { get; init; }

    /// <summary>A box with a shorter side is dropped.</summary>
    /// <value>One pixel.</value>
    public float MinimumBoxSide { get; init; } = 1;

    /// <summary>Disposes the image and the mask.</summary>
    public void Dispose()
    {
        Image.Dispose();
        Mask?.Dispose();
    }

    /// <summary>Moves image, mask and boxes alike.</summary>
    internal void Move(GeometricMap map)
    {
        bool isAlone = Mask is null && _boxes.Count == 0;
        if (Image.ReducedFrom is not null && !isAlone && !map.UsesStoredSize)
        {
            throw new InvalidOperationException(
                "An image that was decoded at a part of its size must be resized before other steps move it together with boxes or a mask. "
                    + $"Put a resize first, or leave {nameof(ImageDecodeOptions)}.{nameof(ImageDecodeOptions.ReducedShorterSide)} unset.");
        }

        Image = map.MoveImage(Image);
        Mask = Mask is null ? null : map.MoveMask(Mask, MaskFill);
        (int width, int height) = Image.StoredSize;
        (List<BoundingBox> boxes, List<int> indices) = (_boxes, _boxIndices);
        (_boxes, _boxIndices) = ([], []);
        for (int i = 0; i < boxes.Count; i++)
        {
            BoundingBox moved = map.MoveBox(boxes[i]).ClippedTo(width, height);
            if (moved.Width >= MinimumBoxSide && moved.Height >= MinimumBoxSide && moved.Area > 0)
            {
                _boxes.Add(moved);
                _boxIndices.Add(indices[i]);
            }
            else
            {
                _dropped.Add(indices[i]);
            }
        }
    }

    /// <summary>Takes the image with other colours.</summary>
    internal void Recolor(ImagePixels image, ImageTransform step)
    {
        (int Width, int Height) before = Image.StoredSize;
        Image = image;
        if (image.StoredSize != before && (Mask is not null || _boxes.Count > 0))
        {
            throw new InvalidOperationException(
                $"{step.Fingerprint} changed the image from {before.Width} x {before.Height} to "
                    + $"{image.StoredSize.Width} x {image.StoredSize.Height} pixels and does not say how boxes and masks "
                    + $"move. Derive it from {nameof(GeometricTransform)}.");
        }
    }
}
